"""One compiled stylesheet that writes the fields of all payments of a batch as one text.

libxml2 parses, validates and extracts in C without the interpreter's lock; Python only splits the text. The separators
are private-use characters, which no accepted file holds (`batch.py` refuses them).
"""

from typing import Any

from lxml import etree

from sanad.standards.iso20022.schema import NAMESPACE, strict_parser

FIELD = "\ue000"
RECORD = "\ue001"
GROUP = "\ue002"

# In the order of `Payment` from `instruction_id` on; amount and currency are two fields of one element. Only steps to
# children: one union of two paths here costs as much as all the rest.
_FIELDS = (
    "p:PmtId/p:InstrId",
    "p:PmtId/p:EndToEndId",
    "p:PmtId/p:TxId",
    "p:PmtId/p:UETR",
    "p:IntrBkSttlmAmt",
    "p:IntrBkSttlmAmt/@Ccy",
    "p:IntrBkSttlmDt",
    "p:ChrgBr",
    "p:Dbtr/p:Nm",
    "p:DbtrAcct/p:Id/p:IBAN",
    "p:DbtrAcct/p:Id/p:Othr/p:Id",
    "p:DbtrAgt/p:FinInstnId/p:BICFI",
    "p:DbtrAgt/p:FinInstnId/p:LEI",
    "p:Cdtr/p:Nm",
    "p:CdtrAcct/p:Id/p:IBAN",
    "p:CdtrAcct/p:Id/p:Othr/p:Id",
    "p:CdtrAgt/p:FinInstnId/p:BICFI",
    "p:CdtrAgt/p:FinInstnId/p:LEI",
)

IDENTIFIERS = (("IBAN",), ("BICFI", "AnyBIC"), ("LEI",))
"""Elements whose values are checked wherever in a payment they stand."""

_STYLESHEET = """
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:p="{namespace}">
  <xsl:output method="text" encoding="UTF-8"/>
  <xsl:template match="/p:Document">
    <xsl:for-each select="p:FIToFICstmrCdtTrf/p:CdtTrfTxInf">
      {fields}
      <xsl:for-each select="p:RmtInf">
        <xsl:for-each select="p:Ustrd">{line}</xsl:for-each>
        <xsl:for-each select="p:Strd">
          <xsl:for-each select="p:RfrdDocInf/p:Nb">{line}</xsl:for-each>
          <xsl:for-each select="p:CdtrRefInf/p:Ref">{line}</xsl:for-each>
        </xsl:for-each>
      </xsl:for-each>
      <xsl:text>{field}</xsl:text>
      <xsl:value-of select="p:Purp/*"/>
      <xsl:text>{record}</xsl:text>
    </xsl:for-each>
    {identifiers}
  </xsl:template>
</xsl:stylesheet>
"""

_LINE = '<xsl:text>&#10;</xsl:text><xsl:value-of select="."/>'


def load_extraction(message: str) -> Any:
    """Compile the stylesheet for a message such as `pacs.008.001.08`.

    Its text: for every payment its fields, each but the last followed by `FIELD`, then `RECORD`; then for every entry
    of `IDENTIFIERS` a `GROUP` and all values found, each followed by `FIELD`.
    """
    fields = "".join(f'<xsl:value-of select="{path}"/><xsl:text>{FIELD}</xsl:text>' for path in _FIELDS)
    identifiers = ""
    for elements in IDENTIFIERS:
        identifiers += f"<xsl:text>{GROUP}</xsl:text>"
        for element in elements:
            each = f'<xsl:value-of select="."/><xsl:text>{FIELD}</xsl:text>'
            identifiers += f'<xsl:for-each select="descendant::p:{element}">{each}</xsl:for-each>'
    text = _STYLESHEET.format(
        namespace=NAMESPACE + message, fields=fields, line=_LINE, field=FIELD, record=RECORD, identifiers=identifiers
    )
    return etree.XSLT(etree.fromstring(text.encode(), strict_parser()))
