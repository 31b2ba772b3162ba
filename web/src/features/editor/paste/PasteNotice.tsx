import { X } from 'lucide-react'
import type { Editor } from '@tiptap/core'
import { useState } from 'react'
import { t } from '../messages'
import type { Pasted } from './notices'

const READ = { markdown: t.pastedAsMarkdown, cells: t.pastedAsATable, wrapped: t.linesJoinedToParagraphs, plain: '' }

interface Props {
  editor: Editor
  pasted: Pasted
  onDismiss: () => void
  /** Copies an image to the files of the document. */
  onKeep: (url: string) => Promise<string>
}

/** Says what a paste could not bring along, and offers what can be done. */
export function PasteNotice({ editor, pasted: { missing, elsewhere, kind, isRead }, onDismiss, onKeep }: Props) {
  const [state, setState] = useState<'asked' | 'working' | number>('asked')
  const keep = async () => {
    setState('working')
    const { setImages } = await import('./pipeline')
    let failed = 0
    for (const url of elsewhere) {
      try {
        setImages(editor.view, url, { attachment: await onKeep(url), src: null })
      } catch {
        failed++
      }
    }
    if (failed === 0) onDismiss()
    else setState(failed)
  }
  const plain = () => {
    editor.chain().focus().undoStep().run()
    onDismiss()
  }
  return (
    <div className="paste-notice" role="status">
      <div>
        {isRead && kind && <p>{READ[kind]} <button type="button" className="button small" onClick={plain}>{t.keepThePlainTextInstead}</button></p>}
        {missing > 0 && <p>{t.imagesMissing({ count: missing })}</p>}
        {elsewhere.length > 0 && typeof state !== 'number' && (
          <p>
            {t.imagesElsewhere({ count: elsewhere.length })}{' '}
            <button type="button" className="button small" disabled={state === 'working'} onClick={() => void keep()}>{state === 'working' ? t.copying : t.storeCopies({ count: elsewhere.length })}</button>
          </p>
        )}
        {typeof state === 'number' && <p>{t.imagesNotCopied({ count: state })}</p>}
      </div>
      <button type="button" className="button quiet small" aria-label={t.dismiss} title={t.dismiss} onClick={onDismiss}><X size={16} strokeWidth={1.75} aria-hidden="true" /></button>
    </div>
  )
}
