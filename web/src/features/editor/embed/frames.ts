// From the address of a page to the one that its site has for frames, and back. Nothing is asked over the network.

/** Only pages on the web are shown as cards. */
export const isWebAddress = (href: string): boolean => /^https?:\/\/[^\s/]/i.test(href) && URL.canParse(href)

const withQuery = (address: string, query: Record<string, string>) => `${address}?${new URLSearchParams(query)}`
const isId = (id: string | null | undefined): id is string => /^[\w-]{1,64}$/.test(id ?? '')

/** Seconds in `90`, `90s` or `1m30s`. */
function secondsOf(time: string | null): number {
  const [, hours = 0, minutes = 0, seconds = 0] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$/.exec(time ?? '') ?? []
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
}

function youTube(id: string | null | undefined, time: string | null): string | null {
  if (!isId(id)) return null
  const start = secondsOf(time)
  return `https://www.youtube-nocookie.com/embed/${id}${start > 0 ? `?start=${start}` : ''}`
}

/** The address for a frame; null if the site has none, or it is not known. */
export function frameOf(href: string): string | null {
  if (!isWebAddress(href)) return null
  const url = new URL(href)
  const host = url.hostname.replace(/^(www|m)\./, '')
  const [first = '', second = '', third = ''] = url.pathname.split('/').filter(Boolean)
  const query = url.searchParams
  switch (host) {
    case 'youtube.com': case 'youtube-nocookie.com':
      return youTube(['embed', 'shorts', 'live'].includes(first) ? second : query.get('v'), query.get('t') ?? query.get('start'))
    case 'youtu.be': return youTube(first, query.get('t'))
    case 'vimeo.com': return /^\d+$/.test(first) ? `https://player.vimeo.com/video/${first}${/^[0-9a-f]+$/.test(second) ? `?h=${second}` : ''}` : null
    case 'player.vimeo.com': return first === 'video' && /^\d+$/.test(second) ? `https://player.vimeo.com/video/${second}${url.search}` : null
    case 'loom.com': return ['share', 'embed'].includes(first) && isId(second) ? `https://www.loom.com/embed/${second}` : null
    case 'figma.com': return ['file', 'design', 'proto', 'board'].includes(first) ? withQuery('https://www.figma.com/embed', { embed_host: 'consilium', url: href }) : null
    case 'miro.com': return first === 'app' && second === 'board' && /^[\w=-]+$/.test(third) ? `https://miro.com/app/live-embed/${third}/` : null
    case 'docs.google.com': {
      const id = third === '' ? null : url.pathname.split('/')[3]
      return ['document', 'spreadsheets', 'presentation'].includes(first) && second === 'd' && isId(id) ? `https://docs.google.com/${first}/d/${id}/preview` : null
    }
    case 'drive.google.com': return first === 'file' && second === 'd' && isId(third) ? `https://drive.google.com/file/d/${third}/preview` : null
    case 'airtable.com': return /^(app|shr)\w+$/.test(first) ? `https://airtable.com/embed/${[first, second].filter(isId).join('/')}` : null
    default: return url.protocol === 'https:' ? href : null
  }
}

const PAGES: [RegExp, string][] = [
  [/^https?:\/\/(?:www\.)?youtube(?:-nocookie)?\.com\/embed\/([\w-]+).*$/, 'https://www.youtube.com/watch?v=$1'],
  [/^https?:\/\/player\.vimeo\.com\/video\/(\d+).*$/, 'https://vimeo.com/$1'],
  [/^https?:\/\/www\.loom\.com\/embed\/([\w-]+).*$/, 'https://www.loom.com/share/$1'],
  [/^https?:\/\/miro\.com\/app\/live-embed\/([\w=-]+).*$/, 'https://miro.com/app/board/$1'],
  [/^https?:\/\/airtable\.com\/embed\/([\w-]+).*$/, 'https://airtable.com/$1'],
]

/** The page that people open, for the address that a frame has. */
export const pageOf = (src: string): string => PAGES.reduce((address, [frame, page]) => address.replace(frame, page), src)
