Story: If one leg cannot be posted, the other is not posted either

Indus acts to open an omnibus account Seller in TBILL
Ravi acts to open an omnibus account Buyer in TBILL
Indus acts to open a settlement account IndusCash in PKR
Ravi acts to open a settlement account RaviCash in PKR
Seller is issued 900 TBILL
RaviCash is issued 90,000.00 PKR
Seller reserves 900 TBILL for Buyer, for security delivery, releaser Clearing, as Bills: admitted
RaviCash reserves 89,100.00 PKR for IndusCash, for settlement, releaser Clearing, as Price: admitted
the authority decides to freeze RaviCash against debits
Clearing sends one message:
    Clearing posts Bills, linked: rejected CHAIN_BROKEN
    Clearing posts Price: rejected DEBIT_ACCOUNT_FROZEN
reservation Bills is open
balances: Seller 900, Buyer 0, IndusCash 0.00
reserved: Seller 900, RaviCash 89,100.00
the authority decides to unfreeze RaviCash
Clearing sends one message:
    Clearing posts Bills, linked: admitted
    Clearing posts Price: admitted
