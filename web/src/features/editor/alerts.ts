// Callouts in Markdown, as GitHub reads them: a quote whose first line names its kind.
import type MarkdownIt from 'markdown-it'

const SIGN = /^\[!(note|tip|important|warning|caution)\][ \t]*(?:\n|$)/i

export function alerts(markdown: MarkdownIt): void {
  markdown.core.ruler.after('block', 'alerts', ({ tokens }) => {
    for (const [at, open] of tokens.entries()) {
      const [line, words, end] = tokens.slice(at + 1, at + 4)
      const sign = open.type === 'blockquote_open' && line?.type === 'paragraph_open' && words ? SIGN.exec(words.content) : null
      const close = sign && tokens.slice(at).find(({ type, level }) => type === 'blockquote_close' && level === open.level)
      if (!sign || !words || !line || !end || !close) continue
      open.tag = 'div'
      close.tag = 'div'
      open.attrSet('data-callout', (sign[1] ?? '').toLowerCase())
      words.content = words.content.slice(sign[0].length)
      // The sign may be all that is in its line.
      if (words.content === '') for (const token of [line, words, end]) token.hidden = true
    }
  })
}
