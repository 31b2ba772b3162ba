// More actions for a document: copying it, and making it a template.
import { useQueryClient } from '@tanstack/react-query'
import { Archive, Copy, Download, FileInput, FileText, Files, Globe, LayoutTemplate, MoreHorizontal, Paperclip, Printer } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useLocation } from 'wouter'
import { copyText } from '../../copy'
import { fileName } from '../../download'
import { Menu } from '../../elements/Menu'
import { mayAdminister, mayCreateDocuments, mayEdit } from '../../rights'
import { FilesDialog } from '../files'
import type { Me } from '../people'
import { PublishDialog } from '../publish'
import { ImportDialog } from '../transfer'
import { type DocumentView, api } from './api'
import { DuplicateDialog, KeepTemplateDialog, PrintDialog } from './dialogs'
import { t } from './messages'
import { documentKey, useDuplicate, useHasChildren } from './queries'

const icon = { size: 16, strokeWidth: 1.75 }

/** The address of the text as it is saved now. */
const contentOf = (id: string, format: 'markdown' | 'html') => `/api/v1/documents/${id}/content?format=${format}`

interface Props {
  document: DocumentView
  /** The role of the member; none for a guest. */
  role: Me['role'] | undefined
  /** The first items. */
  children: ReactNode
}

export function DocumentMenu({ document, role, children }: Props) {
  const [, go] = useLocation()
  // A search that found words in a file leads to the files.
  const [asks, ask] = useState<'duplicate' | 'template' | 'publish' | 'files' | 'import' | 'pdf' | 'docx' | null>(location.hash === '#files' ? 'files' : null)
  const hasChildren = useHasChildren(document)
  const duplicate = useDuplicate(document.id, (copy) => go(`/documents/${copy}`))
  const queries = useQueryClient()
  const publish = async () => {
    await api.setStatus(document.id, 'published')
    await queries.invalidateQueries({ queryKey: documentKey(document.id) })
  }
  const mayCreate = role !== undefined && mayCreateDocuments(role)
  const copyLink = () => void copyText(`${location.origin}/documents/${document.slug ? `${document.slug}-` : ''}${document.id}`)
  return (
    <>
      <Menu label={t.moreActions} icon={<MoreHorizontal {...icon} />}>
        {children}
        {role && <button type="button" role="menuitem" onClick={copyLink}><Copy {...icon} />{t.copyLink}</button>}
        {mayCreate && (
          <button type="button" role="menuitem" onClick={() => (hasChildren ? ask('duplicate') : duplicate.mutate(false))}><Files {...icon} />{t.duplicate}</button>
        )}
        {mayCreate && <button type="button" role="menuitem" onClick={() => ask('template')}><LayoutTemplate {...icon} />{t.saveAsTemplate}</button>}
        {role && <button type="button" role="menuitem" onClick={() => ask('files')}><Paperclip {...icon} />{t.files}</button>}
        {role && <button type="button" role="menuitem" onClick={() => ask('pdf')}><FileText {...icon} />{t.downloadAsPdf}</button>}
        {role && <button type="button" role="menuitem" onClick={() => ask('docx')}><FileText {...icon} />{t.downloadAsWord}</button>}
        {role && <a role="menuitem" href={contentOf(document.id, 'markdown')} download={fileName(document.title, 'md')}><Download {...icon} />{t.downloadAsMarkdown}</a>}
        {role && <a role="menuitem" href={contentOf(document.id, 'html')} download={fileName(document.title, 'html')}><Download {...icon} />{t.downloadAsHtml}</a>}
        {mayCreate && mayEdit(document.right) && <button type="button" role="menuitem" onClick={() => ask('import')}><FileInput {...icon} />{t.importBelowThisPage}</button>}
        {role && <a role="menuitem" href={`/api/v1/documents/${document.id}/export`} download><Archive {...icon} />{hasChildren ? t.exportWithPagesBelow : t.exportAsZip}</a>}
        <button type="button" role="menuitem" onClick={() => setTimeout(print)}><Printer {...icon} />{t.print}</button>
        {mayAdminister(document.right) && <button type="button" role="menuitem" onClick={() => ask('publish')}><Globe {...icon} />{t.publishOnTheWeb}</button>}
      </Menu>
      {duplicate.error && <div role="alert" className="notice">{duplicate.error.message}</div>}
      {asks === 'duplicate' && <DuplicateDialog title={document.title} onChoose={duplicate.mutate} onClose={() => ask(null)} />}
      {(asks === 'pdf' || asks === 'docx') && <PrintDialog document={document} format={asks} hasChildren={hasChildren} onClose={() => ask(null)} />}
      {asks === 'files' && <FilesDialog document={document.id} title={document.title} mayEdit={mayEdit(document.right)} onClose={() => ask(null)} />}
      {asks === 'import' && <ImportDialog place={{ parent: document.id }} name={t.quotedTitle({ title: document.title })} onClose={() => ask(null)} />}
      {asks === 'publish' && <PublishDialog kind="document" id={document.id} title={document.title} status={document.status} hasApproved={!!document.approved} onPublish={publish} onClose={() => ask(null)} />}
      {asks === 'template' && role && <KeepTemplateDialog document={document} role={role} onClose={() => ask(null)} />}
    </>
  )
}
