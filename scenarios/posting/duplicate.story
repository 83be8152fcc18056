Story: The same UETR and leg by the same institution is paid once

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR, UETR rent: admitted
Ali pays Bina 1.00 PKR, UETR rent: rejected DUPLICATE
Ali pays Bina 2.00 PKR, UETR rent leg 1: admitted
Indus sends one message:
    Ali pays Bina 3.00 PKR, UETR car: admitted
    Ali pays Bina 3.00 PKR, UETR car: rejected DUPLICATE
# Another institution passes the payment on under the same UETR.
Bina pays Ali 1.00 PKR, UETR rent: admitted
13 days pass
Ali pays Bina 1.00 PKR, UETR rent: rejected DUPLICATE
28 days pass
Ali pays Bina 1.00 PKR, UETR rent: admitted
