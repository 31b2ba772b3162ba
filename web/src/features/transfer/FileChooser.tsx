// Takes files: dropped, with folders, or picked.
import { FolderOpen, Upload } from 'lucide-react'
import { type DragEvent, useRef, useState } from 'react'
import { type Chosen, filesOf } from './api'
import { t } from './messages'

const icon = { size: 16, strokeWidth: 1.75 }
const ACCEPTED = '.zip,.md,.markdown,.txt,.html,.htm,.docx'

export function FileChooser({ onChosen }: { onChosen: (chosen: Chosen[]) => void }) {
  const [isOver, setOver] = useState(false)
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const pick = (input: HTMLInputElement) => {
    const chosen = [...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }))
    input.value = ''
    if (chosen.length > 0) onChosen(chosen)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    void filesOf(event.dataTransfer).then((chosen) => chosen.length > 0 && onChosen(chosen))
  }
  const over = (event: DragEvent) => {
    event.preventDefault()
    setOver(true)
  }
  return (
    // Dropping is only another way: the buttons are for everybody.
    // biome-ignore lint/a11y/noStaticElementInteractions: as above
    <div className={isOver ? 'import-drop over' : 'import-drop'} onDragOver={over} onDragLeave={() => setOver(false)} onDrop={drop}>
      <p>{t.dropFilesOrAZip}</p>
      <div className="row">
        <button type="button" className="button primary" onClick={() => files.current?.click()}><Upload {...icon} />{t.chooseFiles}</button>
        <button type="button" className="button" onClick={() => folder.current?.click()}><FolderOpen {...icon} />{t.chooseAFolder}</button>
      </div>
      <p className="hint">{t.markdownHtmlWordAndText}</p>
      <input ref={files} type="file" multiple hidden accept={ACCEPTED} aria-label={t.filesToImport} onChange={(event) => pick(event.currentTarget)} />
      <input ref={(input) => { folder.current = input; input?.setAttribute('webkitdirectory', '') }} type="file" multiple hidden aria-label={t.folderToImport} onChange={(event) => pick(event.currentTarget)} />
    </div>
  )
}
