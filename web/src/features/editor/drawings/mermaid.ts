// Draws diagrams with Mermaid, which is loaded for the first one. The drawing is shown as an image: a browser runs no script
// in it, follows no link, and loads nothing for it, whatever its source says; and the page's policy, which forbids styles
// in attributes, does not reach it.
import mermaid from 'mermaid'

/** An image cannot use the page's fonts, so it is measured with the fonts that it will have. */
// not a text: names of fonts
const FONT = 'system-ui, sans-serif'
/** Settings that a diagram may not change by a directive. */
const SECURE = ['secure', 'securityLevel', 'startOnLoad', 'maxTextSize', 'maxEdges', 'suppressErrorRendering', 'htmlLabels', 'fontFamily', 'themeCSS']

let drawn = 0

/** The width and the height as numbers: an image of 100 % has none of its own. */
const sized = (svg: string): string => {
  const [, width, height] = /^<svg[^>]*\sviewBox="\S+ \S+ (\S+) (\S+)"/.exec(svg) ?? []
  return width && height ? svg.replace(/^<svg([^>]*?)\swidth="[^"]*"/, `<svg$1 width="${width}" height="${height}"`) : svg
}

/** The address of the image. Throws an error that says what is wrong with the source. */
export async function drawMermaid(source: string, isDark: boolean): Promise<string> {
  mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', htmlLabels: false, flowchart: { htmlLabels: false }, theme: isDark ? 'dark' : 'neutral', fontFamily: FONT, suppressErrorRendering: true, secure: SECURE })
  const place = document.createElement('div')
  place.className = 'drawing-measure'
  document.body.append(place)
  try {
    const { svg } = await mermaid.render(`drawing-${++drawn}`, source, place)
    return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(sized(svg))}`
  } finally {
    place.remove()
  }
}
