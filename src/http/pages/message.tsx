import { layout } from './layout.js';

/** A page that says one thing. */
export function messagePage({ title, message, requestId }: { title: string; message: string; requestId?: string | null }): string {
  return layout(
    { title, test: false },
    <div className="card">
      <h1>{title}</h1>
      <p>{message}</p>
      {requestId && (
        <p>
          <small>
            Request <code>{requestId}</code>
          </small>
        </p>
      )}
      <a href="/">To the start page</a>
    </div>,
  );
}
