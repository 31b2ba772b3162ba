// The addresses that a Markdown renderer with HTML enabled would link to or load.
import MarkdownIt from 'markdown-it'

/** The targets of links and images, including those in raw HTML. */
export function parse(text) {
  const renderer = new MarkdownIt({ html: true })
  renderer.validateLink = () => true
  const html = renderer.render(text)
  return [...html.matchAll(/<[a-z][^>]*?\s(?:href|src|xlink:href)=(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi)].map(([, a, b, c]) => decode(a ?? b ?? c))
}

const decode = (text) => text.replace(/&#x([0-9a-f]+);?/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
  .replace(/&#(\d+);?/g, (_, number) => String.fromCharCode(Number(number))).replace(/&colon;/g, ':').replace(/&quot;/g, '"').replace(/&amp;/g, '&')
