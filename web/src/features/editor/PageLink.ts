// A link to a page by its id. It is stored without the title, and shows the current one to those who may see the page.
import { type Editor, Node, type NodeViewRendererProps, mergeAttributes } from '@tiptap/core'
import { navigate } from 'wouter/use-browser-location'
import { written } from '../../dates'
import { type LinkedPage, findPages, watchTitle } from '../library'
import { t } from './messages'
import { offering } from './offering'
import { type NamedDate, datesFor } from './typing/dates'

const addressOf = (document: string) => `/documents/${document}`

/** Shows the current title of the page, for as long as the node is on the page. */
function linkView({ node }: NodeViewRendererProps) {
  const link = document.createElement('a')
  const id = String(node.attrs.document ?? '')
  link.className = 'page-link'
  link.href = addressOf(id)
  link.textContent = t.page
  link.contentEditable = 'false'
  const stop = watchTitle(id, (page) => {
    link.textContent = page ? `${page.icon ? `${page.icon} ` : ''}${page.title}` : t.aPageYouCantSee
    link.classList.toggle('unseen', !page)
  })
  link.addEventListener('click', (event) => {
    event.preventDefault()
    if (event.metaKey || event.ctrlKey || event.shiftKey) open(link.href, '_blank', 'noopener')
    else navigate(addressOf(id))
  })
  return { dom: link, destroy: stop, ignoreMutation: () => true }
}

const pages = (editor: Editor, name: string, sign: string, allowsSpaces: boolean) =>
  offering<LinkedPage | NamedDate>({
    editor,
    name,
    sign,
    allowsSpaces,
    items: async (query) => [...(sign === '@' ? datesFor(query, new Date()) : []), ...(await findPages(query))],
    insert: (editor, range, item) => {
      const content = 'date' in item ? [{ type: 'text', text: `${written(item.date)} ` }] : [{ type: 'pageLink', attrs: { document: item.id } }, { type: 'text', text: ' ' }]
      editor.chain().focus().insertContentAt(range, content).run()
    },
    menu: {
      label: t.linkToAPage,
      option: (item) => ('date' in item ? { title: item.name, hint: written(item.date) } : { title: item.icon ? `${item.icon} ${item.title}` : item.title, hint: item.hint }),
    },
  })

export const PageLink = Node.create({
  name: 'pageLink',
  group: 'inline',
  inline: true,
  atom: true,
  addAttributes: () => ({
    document: { default: null, parseHTML: (link: HTMLElement) => link.getAttribute('data-page'), renderHTML: ({ document }) => ({ 'data-page': document }) },
  }),
  // Before the mark of ordinary links.
  parseHTML: () => [{ tag: 'a[data-page]', priority: 1_000 }],
  // not a text: the view has the title
  renderHTML: ({ node, HTMLAttributes }) => ['a', mergeAttributes(HTMLAttributes, { href: addressOf(String(node.attrs.document ?? '')) }), 'Page'],
  addNodeView: () => linkView,
  addProseMirrorPlugins() {
    return [pages(this.editor, 'pageLinkBrackets', '[[', true), pages(this.editor, 'pageLinkAt', '@', false)]
  },
})
