Story: Only institutions of the network can be told

Indus acts to state a notice, telling Ravi: admitted
Indus acts to state a notice, telling Ravi and Nobody: rejected RECIPIENT_UNKNOWN
