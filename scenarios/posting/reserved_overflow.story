Story: What an issuance account reserves has 63 bits too

# Two issuance accounts of one issuer: one at the bottom, the other at the top.
StateBank acts to open an issuance account Top in PKR, may overdraw
Indus acts to open a settlement account Vault in PKR
PKR-issuance pays Top 92,233,720,368,547,758.07 PKR, for issuance, bound: admitted
Top reserves 92,233,720,368,547,758.07 PKR for Vault, for issuance, bound, as All: admitted
Top reserves 0.01 PKR for Vault, for issuance: rejected BALANCE_OVERFLOW
Top pays Vault 0.01 PKR, for issuance: admitted
reserved: Top 92,233,720,368,547,758.07
StateBank voids All: admitted
reserved: Top 0.00
