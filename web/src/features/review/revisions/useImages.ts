import { useEffect } from 'react'
import { Attachments } from '../../files'

/** Shows the images of a text of the server: it has only their ids, as their URLs end. */
export function useImages(document: string, text: HTMLElement | null, html: string): void {
  useEffect(() => {
    const images = text ? [...text.querySelectorAll<HTMLImageElement>('img[data-attachment]')] : []
    if (images.length === 0 || html === '') return
    const attachments = new Attachments(document)
    const draw = () => {
      for (const image of images) {
        const url = attachments.find(image.dataset.attachment ?? '')?.display_url
        if (url && image.getAttribute('src') !== url) image.src = url
      }
    }
    return attachments.use(draw)
  }, [document, text, html])
}
