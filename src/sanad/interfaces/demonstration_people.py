"""Who can sign in to the portal of a demonstration: one for each role, with a password that everybody may know."""

from dataclasses import dataclass

from sanad.people.rights import Role

PASSWORD = "nothing here is money"  # noqa: S105 - meant to be known to everybody: it protects nothing of worth
AUTHORITY_HOUSE, AUDIT_HOUSE, FIRM_HOUSE = "Digital Assets Authority", "Office of the Auditor", "Thar Digital"
BANK_HOUSE, EXCHANGE_HOUSE = "Chenab Bank", "Margalla Exchange"


@dataclass(frozen=True, slots=True)
class SignIn:
    """One person. `person`: the number on the record whose key signs; 0 = signs nothing there."""

    email: str
    house: str
    role: Role
    person: int = 0


SIGN_INS = (
    SignIn("administrator@thar.example", FIRM_HOUSE, Role.ADMINISTRATOR),
    SignIn("maker@thar.example", FIRM_HOUSE, Role.MAKER),
    SignIn("checker@thar.example", FIRM_HOUSE, Role.CHECKER),
    SignIn("compliance@chenab.example", BANK_HOUSE, Role.COMPLIANCE_OFFICER),
    SignIn("compliance-2@chenab.example", BANK_HOUSE, Role.COMPLIANCE_OFFICER),
    SignIn("compliance@margalla.example", EXCHANGE_HOUSE, Role.COMPLIANCE_OFFICER),
    SignIn("officer@authority.example", AUTHORITY_HOUSE, Role.LICENSING_OFFICER, 1),
    SignIn("head@authority.example", AUTHORITY_HOUSE, Role.HEAD, 2),
    SignIn("supervisor@authority.example", AUTHORITY_HOUSE, Role.SUPERVISOR, 3),
    SignIn("officer-2@authority.example", AUTHORITY_HOUSE, Role.LICENSING_OFFICER, 7),
    SignIn("auditor@audit.example", AUDIT_HOUSE, Role.AUDITOR),
)
