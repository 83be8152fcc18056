Story: What an issuance account reserves has 63 bits too

StateBank acts to open a settlement account Vault in PKR
PKR-issuance reserves 92,233,720,368,547,758.07 PKR for Vault, for issuance, bound, as All: admitted
PKR-issuance reserves 0.01 PKR for Vault, for issuance: rejected BALANCE_OVERFLOW
PKR-issuance pays Vault 0.01 PKR, for issuance: rejected BALANCE_OVERFLOW
reserved: PKR-issuance 92,233,720,368,547,758.07
StateBank voids All: admitted
reserved: PKR-issuance 0.00
