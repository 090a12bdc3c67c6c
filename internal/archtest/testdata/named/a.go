package named

const a = "acme"
