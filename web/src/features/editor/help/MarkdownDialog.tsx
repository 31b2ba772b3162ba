import { useEffect, useRef, useState } from 'react'
import { client, ok } from '../../../client'
import { copyText } from '../../../copy'
import { t } from '../messages'

/** The saved text as Markdown, to be read and copied. */
export function MarkdownDialog({ document, onClose }: { document: string; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState<string | null>(null)
  const [problem, setProblem] = useState('')
  const [isCopied, setCopied] = useState(false)
  useEffect(() => dialog.current?.showModal(), [])
  useEffect(() => {
    ok(client.GET('/api/v1/documents/{id}/content', { params: { path: { id: document }, query: { format: 'markdown' } }, parseAs: 'text' }))
      .then((found) => setText(String(found)), ({ message }: Error) => setProblem(message))
  }, [document])
  const copy = () => void copyText(text ?? '').then(() => setCopied(true))
  return (
    <dialog ref={dialog} className="source" aria-labelledby="source-title" onClose={onClose}>
      <div className="stack">
        <h2 id="source-title">{t.markdownOfThisDocument}</h2>
        {problem && <p role="alert" className="notice">{problem}</p>}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
        {text !== null && <pre tabIndex={0}>{text === '' ? t.theDocumentIsEmpty : text}</pre>}
        <form method="dialog" className="row end">
          <button type="button" className="button" disabled={!text} onClick={copy}>{isCopied ? t.copied : t.copyMarkdown}</button>
          <button type="submit" className="button">{t.done}</button>
        </form>
      </div>
    </dialog>
  )
}
