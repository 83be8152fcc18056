Story: No balance leaves the range of 63 bits, neither up nor down

StateBank acts to open a settlement account Vault in PKR
PKR-issuance pays Vault 92,233,720,368,547,758.07 PKR, for issuance, bound: admitted
PKR-issuance pays Vault 0.01 PKR, for issuance: rejected BALANCE_OVERFLOW
balances: PKR-issuance -92,233,720,368,547,758.07, Vault 92,233,720,368,547,758.07
