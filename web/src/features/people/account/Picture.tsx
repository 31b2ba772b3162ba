import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type Me, api } from '../api'
import { t } from '../messages'
import { meKey } from '../queries'

/** Photos have megabytes, so the picture is cropped to a small square before it is sent. */
const PICTURE_PIXELS = 256

const UNREADABLE = t.thatFileIsntAnImage

async function small(file: File): Promise<Blob> {
  const picture = await createImageBitmap(file)
  const side = Math.min(picture.width, picture.height)
  const canvas = new OffscreenCanvas(PICTURE_PIXELS, PICTURE_PIXELS)
  canvas.getContext('2d')?.drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, PICTURE_PIXELS, PICTURE_PIXELS)
  return canvas.convertToBlob({ type: 'image/png' })
}

/** The picture that others see. */
export function Picture({ me }: { me: Me }) {
  const queries = useQueryClient()
  const again = () => queries.invalidateQueries({ queryKey: meKey })
  const set = useMutation({ mutationFn: async (file: File) => api.setAvatar(await small(file)), onSuccess: again })
  const remove = useMutation({ mutationFn: api.removeAvatar, onSuccess: again })
  const failure = set.error instanceof DOMException ? UNREADABLE : (set.error ?? remove.error)?.message
  return (
    <div className="row">
      {me.has_avatar && <img className="portrait" width="64" height="64" alt={t.youAsOthersSeeYou} src={`/api/v1/members/${me.account_id}/avatar?${set.submittedAt}`} />}
      <label className="field">
        {t.picture}
        <input type="file" accept="image/png,image/jpeg,image/webp" onChange={(event) => event.target.files?.[0] && set.mutate(event.target.files[0])} />
      </label>
      {me.has_avatar && <button type="button" className="button" onClick={() => remove.mutate()}>{t.removePicture}</button>}
      {failure && <div role="alert" className="notice">{failure}</div>}
    </div>
  )
}
