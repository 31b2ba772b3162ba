// Takes files: dropped, with folders, or picked.
import { FolderOpen, Upload } from 'lucide-react'
import { type DragEvent, useRef, useState } from 'react'
import { type Chosen, filesOf } from './api'

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
      <p>Drop files or a ZIP archive here, or choose them.</p>
      <div className="row">
        <button type="button" className="button primary" onClick={() => files.current?.click()}><Upload {...icon} />Choose files</button>
        <button type="button" className="button" onClick={() => folder.current?.click()}><FolderOpen {...icon} />Choose a folder</button>
      </div>
      <p className="hint">Markdown, HTML, Word and text files, and exports of Notion, Confluence, Outline and Obsidian. You see what they become before anything is imported.</p>
      <input ref={files} type="file" multiple hidden accept={ACCEPTED} aria-label="Files to import" onChange={(event) => pick(event.currentTarget)} />
      <input ref={(input) => { folder.current = input; input?.setAttribute('webkitdirectory', '') }} type="file" multiple hidden aria-label="Folder to import" onChange={(event) => pick(event.currentTarget)} />
    </div>
  )
}
