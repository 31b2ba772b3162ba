// Text that is typed at the end of a link does not belong to it.
import { StarterKit } from '@tiptap/starter-kit'

export const Starter = StarterKit.extend({
  addExtensions() {
    return (this.parent?.() ?? []).map((extension) => (extension.name === 'link' ? extension.extend({ inclusive: false } as never) : extension))
  },
})
