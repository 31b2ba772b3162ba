// Content that a raw client can write into a document, but an editor would not.
import * as Y from 'yjs'

/** Nodes and marks that a raw client can write, but an editor would not. */
export function hostileNodes({ depths = [100, 10_000], named = ['text'] } = {}) {
  const script = ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'java\tscript:alert(1)', 'java\nscript:alert(1)', '\u0001javascript:alert(1)', 'vbscript:alert(1)', 'data:text/html,<script>alert(1)</script>', 'data:image/svg+xml,<svg onload=alert(1)>', 'blob:x', 'file:///etc/passwd', '//evil.example/%0ajavascript:alert(1)', 'javascript&colon;alert(1)', '&#106;avascript:alert(1)', '" onmouseover="alert(1)', "' onerror='alert(1)", '><script>alert(1)</script>', 'x" onerror="alert(1)', ')](javascript:alert(1))', ')<img src=x onerror=alert(1)>']
  const events = ['onclick', 'onerror', 'onload', 'onmouseover', 'onfocus', 'style', 'srcdoc', 'formaction', 'xlink:href', 'action', 'class', 'id', '__proto__', 'constructor', 'innerHTML', 'dangerouslySetInnerHTML', 'href', 'src', 'background', 'ping']
  const names = ['script', 'svg', 'iframe', 'object', 'embed', 'style', 'link', 'meta', 'base', 'form', 'input', 'math', 'template', 'video', 'img', 'a', 'body', 'html', 'foreignObject', 'unknownNode', '__proto__', 'constructor', 'toString', 'div onclick=alert(1)', 'p><script>alert(1)</script', 'x\u0000y', '', 'svg/onload=alert(1)', 'doc', 'image onerror=alert(1)', 'SCRIPT', 'noscript', 'frameset', 'marquee', 'xmp', 'plaintext', 'title', 'textarea', 'button', ...named]
  const texts = ['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<svg onload=alert(1)>', '](javascript:alert(1))', '[x](javascript:alert(1))', '![x](javascript:alert(1))', '<javascript:alert(1)>', '&lt;script&gt;alert(1)&lt;/script&gt;', '`</code><script>alert(1)</script>`', '```\n<script>alert(1)</script>', '<!-- <script>alert(1)</script> -->', '\\<script>alert(1)</script>', '<a href="javascript:alert(1)">x</a>', '| a | <script>alert(1)</script> |', '<details open ontoggle=alert(1)>', '\u202e<script>', '[x]: javascript:alert(1)', '<script src="//evil.example">', '{{constructor.constructor("alert(1)")()}}', '${alert(1)}']
  const element = (name, attributes = {}, children = []) => {
    const node = new Y.XmlElement(name)
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
    node.insert(0, children)
    return node
  }
  const said = (text, marks) => {
    const node = new Y.XmlText()
    node.insert(0, text, marks)
    return node
  }
  const nodes = []
  for (const url of script) {
    nodes.push(() => element('paragraph', {}, [said('link', { link: { href: url, target: '_self', onclick: 'alert(1)' } })]))
    nodes.push(() => element('image', { src: url, alt: url, title: url, onerror: 'alert(1)' }))
    nodes.push(() => element('codeBlock', { language: url }, [said(url)]))
  }
  for (const name of events) {
    nodes.push(() => element('paragraph', { [name]: 'alert(1)' }, [said(name)]))
    nodes.push(() => element('heading', { level: 'alert(1)', [name]: 'alert(1)' }, [said(name, { [name]: { [name]: 'javascript:alert(1)' } })]))
    nodes.push(() => element('table', { [name]: 'javascript:alert(1)' }, [element('tableRow', {}, [element('tableCell', { colspan: '1" onclick="alert(1)', colwidth: 'x', [name]: 'alert(1)' }, [element('paragraph', {}, [said(name)])])])]))
  }
  for (const name of names) nodes.push(() => element(name, { href: 'javascript:alert(1)', src: 'javascript:alert(1)', onload: 'alert(1)' }, [said('<script>alert(1)</script>', { [name || 'x']: { onclick: 'alert(1)' } })]))
  for (const text of texts) {
    nodes.push(() => element('paragraph', {}, [said(text)]))
    nodes.push(() => element('codeBlock', { language: text }, [said(text)]))
  }
  for (const depth of depths) {
    nodes.push(() => {
      let inner = element('paragraph', {}, [said('deep')])
      for (let level = 0; level < depth; level++) inner = element(level % 2 ? 'bulletList' : 'listItem', {}, [inner])
      return inner
    })
  }
  return nodes
}

/** A document with all of them that Yjs can write. */
export function hostileState() {
  const doc = new Y.Doc()
  const root = doc.getXmlFragment('default')
  // The firewall would refuse the document because of the deepest one and the one named `text`.
  for (const make of hostileNodes({ depths: [100], named: [] })) {
    const alone = new Y.Doc()
    try {
      alone.getXmlFragment('default').insert(0, [make()])
      Y.encodeStateAsUpdate(alone)
    } catch {
      continue
    }
    root.insert(root.length, [make()])
  }
  return Buffer.from(Y.encodeStateAsUpdate(doc))
}
