package deep

const fine = "acmes pacme Acmetic"
