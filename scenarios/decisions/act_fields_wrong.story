Story: An act has the fields of its schema, no more and no fewer

Indus acts to do act open_accounts with 2 1 2: rejected ACT_FIELDS_WRONG
Indus acts to do act open_accounts with 2 1 2 0 0 "one": rejected ACT_FIELDS_WRONG
Indus acts to state a notice, without a text: rejected ACT_FIELDS_WRONG
Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Amina proposes to freeze Ali against debits, without an order: rejected ACT_FIELDS_WRONG
Amina proposes to license Jhelum as bank, as Jhelum: admitted
Bilal confirms Jhelum, naming no entry: rejected ACT_FIELDS_WRONG
