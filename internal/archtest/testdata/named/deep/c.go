package deep

const c = "authon"

// ACME_SECRET is named here.
