Story: A public key is registered once in the network, for ever

Imran and Iqra decide to register key Till of Indus to transfer
Imran proposes to register key Till of Indus to transfer: rejected KEY_ALREADY_REGISTERED
Rabia proposes to register key Till of Ravi to transfer: rejected KEY_ALREADY_REGISTERED
Imran acts to revoke the key of Till
Imran proposes to register key Till of Indus to transfer: rejected KEY_ALREADY_REGISTERED
Iqra acts to rotate to key Till: rejected KEY_ALREADY_REGISTERED
