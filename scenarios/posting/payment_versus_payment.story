Story: Payment versus payment: two currencies through one settlement agent

Indus acts to open a settlement account IndusRupees in PKR
Ravi acts to open a settlement account RaviRupees in PKR
Indus acts to open a settlement account IndusDollars in USD
Ravi acts to open a settlement account RaviDollars in USD
IndusRupees is issued 280,000.00 PKR
RaviDollars is issued 1,000.00 USD
IndusRupees reserves 280,000.00 PKR for RaviRupees, for settlement, releaser Clearing, as Rupees: admitted
RaviDollars reserves 1,000.00 USD for IndusDollars, for settlement, releaser Clearing, as Dollars: admitted
Clearing sends one message:
    Clearing posts Rupees, linked: admitted
    Clearing posts Dollars: admitted
balances: IndusRupees 0.00, RaviRupees 280,000.00, IndusDollars 1,000.00, RaviDollars 0.00
