import { FileText, Folder, LockKeyhole } from 'lucide-react'

const SHAPES = { page: FileText, space: Folder, personal: LockKeyhole }

/** The emoji of a space or page, or the shape of its kind. */
export function PageIcon({ icon, kind }: { icon: string; kind: keyof typeof SHAPES }) {
  const Shape = SHAPES[kind]
  return <span aria-hidden="true" className="icon">{icon || <Shape size={14} strokeWidth={1.75} />}</span>
}
