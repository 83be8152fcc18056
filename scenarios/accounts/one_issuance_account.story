Story: An asset has one issuance account

# With two of them an issuer could feel for the balances of others, with chains that must break.
StateBank acts to open an issuance account Mint in PKR, may overdraw: rejected ACCOUNT_KIND_NOT_ALLOWED
