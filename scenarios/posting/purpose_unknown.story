Story: Every payment has a purpose of the table in force

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR, with purpose 0: rejected PURPOSE_UNKNOWN
Ali pays Bina 1.00 PKR, with purpose 63: rejected PURPOSE_UNKNOWN
Ali pays Bina 1.00 PKR, with purpose 65535: rejected PURPOSE_UNKNOWN
the authority decides to stop the purpose subsidy
Ali pays Bina 1.00 PKR, for subsidy: rejected PURPOSE_UNKNOWN
