Story: When the table of duplicates is full nothing is paid that could not be told apart later

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 0.01 PKR 715 times
Ali pays Bina 0.01 PKR: rejected DUPLICATE_WINDOW_FULL
14 days pass
Ali pays Bina 0.01 PKR: admitted
