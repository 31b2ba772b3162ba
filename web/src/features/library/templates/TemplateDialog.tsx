// Begins a document with a template, which is shown before.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { ServerHtml } from '../../../elements/ServerHtml'
import type { Me } from '../../people'
import { mayInvite } from '../../../rights'
import { type TemplateView, api } from '../api'
import { t } from '../messages'
import { useNewPage, useRemoveTemplate, useTemplates } from '../queries'

interface Props {
  me: Me
  place?: { space?: string; parent?: string }
  onCreated: (id: string) => void
  onClose: () => void
}

const GROUPS = [['personal', t.yours], ['workspace', t.ofTheWorkspace], ['builtin', t.builtIn]] as const

export function TemplateDialog({ me, place = {}, onCreated, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const templates = useTemplates()
  const [chosen, choose] = useState<TemplateView | null>(null)
  const create = useNewPage((id) => {
    dialog.current?.close()
    onCreated(id)
  })
  const shown = chosen ?? templates.data?.items[0]
  const failure = templates.error ?? create.error
  return (
    <dialog ref={dialog} className="templates" onClose={onClose} aria-labelledby="templates-title">
      <h2 id="templates-title">{t.startFromATemplate}</h2>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      <div className="template-choice">
        <div className="template-list">
          {GROUPS.map(([audience, name]) => {
            const items = templates.data?.items.filter((one) => one.audience === audience) ?? []
            return items.length > 0 && (
              <section key={audience} aria-label={name}>
                <h3>{name}</h3>
                {items.map((one) => (
                  <button key={one.id} type="button" className="button quiet" aria-pressed={shown?.id === one.id} onClick={() => choose(one)}>
                    {one.icon && <span aria-hidden="true">{one.icon}</span>}{one.title}
                  </button>
                ))}
              </section>
            )
          })}
        </div>
        {shown && <Preview key={shown.id} template={shown} mayRemove={mayChange(shown, me)} onRemoved={() => choose(null)} />}
      </div>
      <div className="row end">
        <button type="button" className="button" onClick={() => dialog.current?.close()}>{t.cancel}</button>
        <button type="button" className="button primary" disabled={create.isPending || !shown} onClick={() => create.mutate({ ...place, template: shown?.id })}>{t.useThisTemplate}</button>
      </div>
    </dialog>
  )
}

const mayChange = ({ audience }: TemplateView, me: Me) => audience === 'personal' || (audience === 'workspace' && mayInvite(me.role))

interface PreviewProps {
  template: TemplateView
  mayRemove: boolean
  onRemoved: () => void
}

function Preview({ template, mayRemove, onRemoved }: PreviewProps) {
  const whole = useQuery({ queryKey: ['template', template.id], queryFn: () => api.template(template.id) })
  const remove = useRemoveTemplate(onRemoved)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it.
    <section className="template-preview" aria-label={t.previewOfTitle({ title: template.title })} tabIndex={0}>
      {template.description && <p className="hint">{template.description}</p>}
      {mayRemove && <button type="button" className="button danger" onClick={() => remove.mutate(template.id)}>{t.deleteTemplate}</button>}
      {(whole.error ?? remove.error) && <div role="alert" className="notice">{(whole.error ?? remove.error)?.message}</div>}
      <ServerHtml html={whole.data?.html ?? ''} />
    </section>
  )
}
