Story: An order that could not be executed is not taken

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ravi acts to open a customer account Dana in USD
Amina proposes to order that Ali pays Nobody 1.00 PKR: rejected ORDER_NOT_EXECUTABLE
Amina proposes to order that Ali pays Bina 0.00 PKR: rejected ORDER_NOT_EXECUTABLE
Amina proposes to order that Ali pays Dana 1.00 USD: rejected ORDER_NOT_EXECUTABLE
Ali reserves 10.00 PKR for Bina, as Rent: admitted
Indus voids Rent
Amina proposes to order that Indus posts Rent: rejected ORDER_NOT_EXECUTABLE
Amina proposes to let Clearing release Rent: rejected ORDER_NOT_EXECUTABLE
Ravi acts to close Bina
Amina proposes to order that Ali pays Bina 1.00 PKR: rejected ORDER_NOT_EXECUTABLE
