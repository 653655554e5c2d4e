"""版记 in Word: a box at the foot of the last page, wherever the text before it ends.

Two rules of 0.35 mm as wide as the type area, a thinner one between the lines, which are in 4号 and
a character in from both sides. A frame or a floating table would do in Word; LibreOffice leaves
these where the text ends.
"""

_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_SHAPE = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
_EMU = 635  # English metric units in a twentieth of a point
LINE = 500  # twentieths of a point: a line of the imprint with its rule

_ROW = """<w:tr><w:tc><w:tcPr><w:tcW w:w="{{ page.text }}" w:type="dxa"/></w:tcPr>
<w:p><w:pPr><w:pStyle w:val="PaperImprint"/>
<w:tabs><w:tab w:val="right" w:pos="{{ page.text - 560 }}"/></w:tabs>
{% if not line.1 %}<w:ind w:left="840" w:hanging="840"/>{% endif %}</w:pPr>
<w:r><w:t xml:space="preserve">{{ line.0 }}</w:t>{% if line.1 %}<w:tab/>
<w:t xml:space="preserve">{{ line.1 }}</w:t>{% endif %}</w:r></w:p></w:tc></w:tr>"""

_TABLE = f"""<w:tbl><w:tblPr><w:tblW w:w="{{{{ page.text }}}}" w:type="dxa"/><w:tblBorders>
<w:top w:val="single" w:sz="8" w:color="000000"/><w:bottom w:val="single" w:sz="8"
 w:color="000000"/><w:insideH w:val="single" w:sz="6" w:color="000000"/></w:tblBorders>
<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="280" w:type="dxa"/>
<w:right w:w="280" w:type="dxa"/></w:tblCellMar></w:tblPr>
<w:tblGrid><w:gridCol w:w="{{{{ page.text }}}}"/></w:tblGrid>
{{% for line in imprint.lines %}}{_ROW}{{% endfor %}}</w:tbl>
<w:p><w:pPr><w:pStyle w:val="PaperEnd"/></w:pPr></w:p>"""

_SIZE = f"{{{{ page.text * {_EMU} }}}}", f"{{{{ imprint.tall * {_EMU} }}}}"

# The run that a paragraph of the template holds, in place of its mark.
IMPRINT = f"""<w:r><w:drawing><wp:anchor xmlns:wp="{_DRAWING}/wordprocessingDrawing" distT="0"
 distB="0" distL="0" distR="0" simplePos="0" relativeHeight="2" behindDoc="0" locked="0"
 layoutInCell="1" allowOverlap="0"><wp:simplePos x="0" y="0"/>
<wp:positionH relativeFrom="margin"><wp:align>left</wp:align></wp:positionH>
<wp:positionV relativeFrom="margin"><wp:align>bottom</wp:align></wp:positionV>
<wp:extent cx="{_SIZE[0]}" cy="{_SIZE[1]}"/><wp:wrapTopAndBottom/>
<wp:docPr id="900" name="版记"/><a:graphic xmlns:a="{_DRAWING}/main"><a:graphicData uri="{_SHAPE}">
<wps:wsp xmlns:wps="{_SHAPE}"><wps:cNvSpPr txBox="1"/><wps:spPr>
<a:xfrm><a:off x="0" y="0"/><a:ext cx="{_SIZE[0]}" cy="{_SIZE[1]}"/></a:xfrm>
<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/><a:ln><a:noFill/></a:ln></wps:spPr>
<wps:txbx><w:txbxContent>{_TABLE}</w:txbxContent></wps:txbx>
<wps:bodyPr lIns="0" tIns="0" rIns="0" bIns="0" anchor="b"><a:noAutofit/></wps:bodyPr>
</wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></w:r>"""
