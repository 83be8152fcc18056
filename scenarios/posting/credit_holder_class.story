Story: Treasury bills of this issue are for firms, not for private persons

Indus acts to open a customer account Ali in TBILL
Ravi acts to open a customer account Fund in TBILL, held by a legal person
Fund is issued 500 TBILL
Fund pays Ali 1 TBILL: rejected CREDIT_HOLDER_CLASS
balances: Fund 500, Ali 0
