Story: A complaint, its answer, a finding: equal texts at the same block time

Indus acts to state a complaint, telling Ravi and Authority: admitted
Ravi acts to state a notice, about entry 2, telling Indus: admitted
Authority acts to state a finding, about entry 2, telling Indus and Ravi: admitted
