import { useEffect } from 'react'
import { Attachments } from '../../files'

/** Shows the images in HTML of the server, which has only their ids, because signed URLs expire. */
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
