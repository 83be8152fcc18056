Story: With a person all his keys go

Imran and Iqra decide to enrol Zara of Indus
Imran and Iqra decide to register key Zara of Zara to propose, lane 1
Imran and Iqra decide to dismiss Zara
Zara proposes to enrol Friend of Indus: refused key
