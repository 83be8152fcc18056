Story: Delivery versus payment: security and money change hands together or not at all

Indus acts to open an omnibus account Seller in TBILL
Ravi acts to open an omnibus account Buyer in TBILL
Indus acts to open a settlement account IndusCash in PKR
Ravi acts to open a settlement account RaviCash in PKR
Seller is issued 900 TBILL
RaviCash is issued 90,000.00 PKR
# Each side reserves its leg and names the settlement agent; neither has to trust the other.
Seller reserves 900 TBILL for Buyer, for security delivery, releaser Clearing, as Bills: admitted
RaviCash reserves 89,100.00 PKR for IndusCash, for settlement, releaser Clearing, no timeout, as Price: admitted
Clearing sends one message:
    Clearing posts Bills, linked: admitted
    Clearing posts Price: admitted
balances: Seller 0, Buyer 900, RaviCash 900.00, IndusCash 89,100.00
