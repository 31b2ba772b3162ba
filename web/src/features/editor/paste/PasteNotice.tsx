import { X } from 'lucide-react'
import type { Editor } from '@tiptap/react'
import { useState } from 'react'
import { useStore } from '../../../store'
import type { PasteNotices, Pasted } from './notices'

const images = (count: number) => (count === 1 ? '1 image' : `${count} images`)

const READ = { markdown: 'Pasted as Markdown.', cells: 'Pasted as a table.', wrapped: 'Lines joined to paragraphs.', plain: '' }

interface Props {
  editor: Editor
  notices: PasteNotices
  /** Copies an image to the files of the document. */
  onKeep: (url: string) => Promise<string>
}

/** Says what a paste could not bring along, and offers what can be done. */
export function PasteNotice({ editor, notices, onKeep }: Props) {
  const pasted = useStore(notices, (state) => state.pasted)
  return pasted && <Told key={pasted.elsewhere.join(' ')} editor={editor} pasted={pasted} notices={notices} onKeep={onKeep} />
}

function Told({ editor, pasted: { missing, elsewhere, kind, isRead }, notices, onKeep }: Props & { pasted: Pasted }) {
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
    if (failed === 0) notices.dismiss()
    else setState(failed)
  }
  const plain = () => {
    editor.chain().focus().undoStep().run()
    notices.dismiss()
  }
  return (
    <div className="paste-notice" role="status">
      <div>
        {isRead && kind && <p>{READ[kind]} <button type="button" className="button small" onClick={plain}>Keep the plain text instead</button></p>}
        {missing > 0 && <p>{images(missing)} did not come with the text: the other program kept {missing === 1 ? 'it' : 'them'} on its computer. You can upload {missing === 1 ? 'it where it is missing' : 'them where they are missing'}.</p>}
        {elsewhere.length > 0 && typeof state !== 'number' && (
          <p>
            {images(elsewhere.length)} {elsewhere.length === 1 ? 'is' : 'are'} loaded from {elsewhere.length === 1 ? 'another website' : 'other websites'}, and may disappear there.{' '}
            <button type="button" className="button small" disabled={state === 'working'} onClick={() => void keep()}>{state === 'working' ? 'Copying…' : elsewhere.length === 1 ? 'Store a copy here' : 'Store copies here'}</button>
          </p>
        )}
        {typeof state === 'number' && <p>{images(state)} could not be copied: {state === 1 ? 'its website does' : 'their websites do'} not give {state === 1 ? 'it' : 'them'} to others.</p>}
      </div>
      <button type="button" className="button quiet small" aria-label="Dismiss" title="Dismiss" onClick={notices.dismiss}><X size={16} strokeWidth={1.75} aria-hidden="true" /></button>
    </div>
  )
}
