import type { Editor } from '@tiptap/core'
import { useState } from 'react'
import { useStore } from '../../store'
import type { DocumentSession } from '../../sync/session'
import { OUTDATED } from './OutdatedPage'
import { t } from './messages'

/** Offers a copy of the text when the server takes no more edits and lacks some of them. */
export function Rescue({ session, editor, title }: { session: DocumentSession; editor: Editor; title: string }) {
  const stranded = useStore(session, ({ refused, readOnly, unsaved }) => ((refused !== null && refused !== OUTDATED) || readOnly ? unsaved : 0))
  const full = useStore(session, ({ refused }) => refused === 'document-too-large' || refused === 'too-much-deleted')
  const [copied, setCopied] = useState(false)
  if (stranded === 0) return null
  const copy = async () => {
    await navigator.clipboard.write([new ClipboardItem({
      'text/html': new Blob([editor.getHTML()], { type: 'text/html' }),
      'text/plain': new Blob([editor.getText()], { type: 'text/plain' }),
    })])
    setCopied(true)
  }
  const download = () => {
    const url = URL.createObjectURL(new Blob([editor.getText()], { type: 'text/plain' }))
    const link = Object.assign(window.document.createElement('a'), { href: url, download: `${title}.txt` })
    link.click()
    URL.revokeObjectURL(url)
  }
  return (
    <div className="notice rescue" role="alert">
      <p>{(full ? t.documentWasFull : t.accessEnded)({ count: stranded })}</p>
      <button type="button" className="button primary" onClick={() => void copy()}>{copied ? t.copied : t.copyTheText}</button>
      <button type="button" className="button" onClick={download}>{t.downloadText}</button>
    </div>
  )
}
