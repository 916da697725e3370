const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** A moment in the reader's own time; in UTC for who points at it. Nothing where there is none. */
export function When({ at }: { at: string | null | undefined }) {
  if (!at) return null;
  return (
    <time className="when" dateTime={at} title={`${at.slice(0, 16).replace('T', ' ')} UTC`}>
      {format.format(new Date(at))}
    </time>
  );
}
