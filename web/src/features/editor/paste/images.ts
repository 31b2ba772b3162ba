// Images of a paste: those in it are uploaded, those from the web stay by their address, and those that the other program
// kept on its own machine leave a place that says so.

export interface Embedded {
  /** The placeholder for an image in the text until it is uploaded. */
  src: string
  file: File
}

export const PENDING = 'pending:'

const MISSING = /^(file|cid|blob|webkit-fake-url|x-apple|ms-|about|content):|^[a-z]:\\|^\\\\|^$/i

export function readImages(body: HTMLElement): Embedded[] {
  const embedded: Embedded[] = []
  for (const image of [...body.querySelectorAll('img')]) {
    if (image.hasAttribute('data-attachment')) continue
    const source = (image.getAttribute('src') ?? '').trim()
    const size = [image.getAttribute('width'), image.getAttribute('height')]
    // A tracking pixel of a mail, or a spacer.
    if (size[0] === '1' || size[0] === '0' || size[1] === '1' || size[1] === '0') {
      image.remove()
      continue
    }
    for (const name of ['width', 'height']) if (!/^\d+$/.test(image.getAttribute(name) ?? '0')) image.removeAttribute(name)
    if (/^data:/i.test(source)) {
      const file = fileOf(source, embedded.length + 1)
      if (file) {
        const src = `${PENDING}${embedded.length + 1}-${Math.random().toString(36).slice(2)}`
        image.setAttribute('src', src)
        embedded.push({ src, file })
      } else leave(image)
    } else if (MISSING.test(source) || !/^(https?:)?\/\//i.test(source)) {
      const name = decodeURIComponent(source.split(/[\\/]/).at(-1)?.replace(/%(?![0-9a-f]{2})/gi, '') ?? '')
      if (!image.getAttribute('alt') && /\.\w{3,4}$/.test(name) && !/^(clip_)?image\d+\.\w+$/.test(name)) image.setAttribute('alt', name)
      leave(image)
    } else if (source.startsWith('//')) image.setAttribute('src', `https:${source}`)
  }
  return embedded
}

/** Leaves a placeholder for an image that did not come with the text. */
function leave(image: Element): void {
  image.removeAttribute('src')
  image.setAttribute('data-missing', '')
}

const KINDS: Record<string, string> = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/gif': 'gif', 'image/webp': 'webp' }

function fileOf(source: string, number: number): File | null {
  const [, type = '', encoding, data = ''] = /^data:([\w/+.-]+)(;base64)?,([\s\S]*)$/i.exec(source) ?? []
  const ending = KINDS[type.toLowerCase()]
  if (!ending || !encoding) return null
  try {
    const bytes = Uint8Array.from(atob(data.replace(/\s/g, '')), (letter) => letter.charCodeAt(0))
    return bytes.length < 70 ? null : new File([bytes], `pasted-${number}.${ending}`, { type: type.toLowerCase() })
  } catch {
    return null
  }
}
