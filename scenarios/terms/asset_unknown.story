Story: Accounts are in an asset of the table

Indus acts to open a customer account Ali in XYZ: rejected ASSET_UNKNOWN
Amina proposes to do act set_limit with 99 1 1 1: rejected ASSET_UNKNOWN
