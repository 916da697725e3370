import { createHash } from 'node:crypto';
import { Fragment, type ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

const style = `:root{color-scheme:light dark;--ink:#14231f;--soft:#55655f;--line:#d5dedb;--ground:#f4f7f6;--card:#fff;--brand:#0b6b53;--on:#fff;--bad:#9f1239;--badbg:#ffe4e6;--good:#14532d;--goodbg:#dcfce7}
@media(prefers-color-scheme:dark){:root{--ink:#eaf2ef;--soft:#a9b8b2;--line:#33423d;--ground:#0f1614;--card:#18211e;--brand:#5fd3b0;--on:#06281f;--bad:#fecdd3;--badbg:#4c0519;--good:#bbf7d0;--goodbg:#052e16}}
*{box-sizing:border-box}body{margin:0;font:1rem/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;color:var(--ink);background:var(--ground)}
a{color:var(--brand)}:focus-visible{outline:3px solid var(--brand);outline-offset:2px}
.test{background:#fde68a;color:#422006;text-align:center;padding:.35rem .75rem;font-size:.85rem;font-weight:600}
header.top{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;justify-content:space-between;padding:.75rem 1.25rem;border-bottom:1px solid var(--line);background:var(--card)}
header.top b{font-size:1.05rem}header.top form{display:inline}
main{max-width:30rem;margin:2rem auto;padding:0 1rem}main.wide{max-width:62rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.35rem;margin:0 0 1.25rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem}h2{font-size:1.1rem;margin:0 0 .75rem}p{margin:.25rem 0 .85rem}.soft{color:var(--soft)}small{color:var(--soft)}
label{display:block;font-weight:600;margin:.8rem 0 .25rem}input,select{width:100%;padding:.6rem .7rem;border:1px solid var(--line);border-radius:9px;font:inherit;color:var(--ink);background:var(--ground)}
input[type=checkbox]{width:auto}fieldset{border:1px solid var(--line);border-radius:9px;margin:.8rem 0 0}fieldset label{font-weight:400}
input[aria-invalid=true]{border-color:var(--bad)}
button,.button{display:inline-block;width:100%;margin-top:.9rem;padding:.7rem 1rem;border:0;border-radius:9px;background:var(--brand);color:var(--on);font:inherit;font-weight:650;text-align:center;text-decoration:none;cursor:pointer}
button.plain{background:transparent;color:var(--ink);border:1px solid var(--line)}button.danger{background:transparent;color:var(--bad);border:1px solid var(--bad)}button.small{width:auto;margin:0;padding:.3rem .7rem;font-size:.85rem}
.note{border-radius:10px;padding:.75rem 1rem;margin:0 0 1rem}.note.bad{background:var(--badbg);color:var(--bad)}.note.good{background:var(--goodbg);color:var(--good)}.note p{margin:.15rem 0 0}.note a{color:inherit}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;margin:0 0 1.25rem}.tiles div{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:.8rem 1rem}.tiles strong{display:block;font-size:1.25rem}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:0 1.25rem}.row{display:grid;grid-template-columns:2fr 1.1fr 1.6fr;gap:.5rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{text-align:left;padding:.5rem .6rem;border-bottom:1px solid var(--line);white-space:nowrap}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.pill{border:1px solid var(--line);border-radius:99px;padding:.1rem .6rem;font-size:.82rem}td.words{white-space:normal;min-width:12rem}.told{color:var(--bad);margin:.25rem 0 0}code{font-size:.9em;overflow-wrap:anywhere}ul{padding-left:1.2rem}
.places{display:flex;flex-wrap:wrap;gap:.25rem;margin:0 0 1.25rem}.places a{padding:.45rem .8rem;border-radius:9px;color:var(--soft);text-decoration:none;font-weight:600}.places a:hover{color:var(--ink)}.places a[aria-current]{background:var(--card);color:var(--ink);box-shadow:0 0 0 1px var(--line)}
.pages{display:flex;flex-wrap:wrap;gap:.5rem 1.25rem;margin:.85rem 0 0}.filter{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:0 .75rem;align-items:end;margin:0 0 1.25rem}tr.total th,tr.total td{border-top:2px solid var(--ink);font-weight:650;color:var(--ink)}
.share{display:flex;flex-wrap:wrap;gap:1rem 2rem;align-items:center;justify-content:space-between}.share>div:first-child{flex:1 1 16rem;min-width:0;overflow-wrap:anywhere}.qr{background:#fff;border-radius:10px;padding:.5rem;line-height:0}.qr svg{width:9rem;height:9rem}
.chart{display:block;width:100%;max-width:34rem;margin:0 auto}.chart .all{fill:var(--line)}.chart .own{fill:var(--brand)}.chart text{fill:var(--soft);font-size:13px;text-anchor:middle}summary{cursor:pointer;color:var(--soft)}.steps{list-style:none;padding:0}.steps .card .card{margin:0;padding:0;border:0}.steps [aria-current]{border-color:var(--brand)}`;

/** What the browser needs to be told to accept the style above and no other. */
export const stylePolicy = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;

export interface Frame {
  title: string;
  /** Said on every page where no real money moves. */
  test: boolean;
  wide?: boolean;
  /** The signed-in person's name. */
  person?: string | null;
  refreshSeconds?: number;
  /** The same in a browser that runs scripts; this page is then for those that do not. */
  app?: App | null;
}

/** A program for the browser: what it is made of, and the secret under which it may add styles. */
export interface App {
  script: string;
  styles: readonly string[];
  nonce: string;
}

/** A whole page. Works without scripts; nothing is loaded from anywhere. */
export function layout({ title, test, wide, person, refreshSeconds, app }: Frame, content: ReactNode): string {
  const Only = app ? 'noscript' : Fragment;
  return `<!doctype html>${renderToStaticMarkup(
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        {refreshSeconds !== undefined && <meta httpEquiv="refresh" content={String(refreshSeconds)} />}
        <title>{title}</title>
        <link rel="icon" href="data:," />
        <Only>
          <style dangerouslySetInnerHTML={{ __html: style }} />
        </Only>
        {app && <AppHead {...app} />}
      </head>
      <body>
        {app && <div id="console" data-mode={test ? 'test' : 'live'} />}
        <Only>
          {test && <aside className="test">TEST MODE · no real money</aside>}
          {person && (
            <header className="top">
              <b>Holdfast</b>
              <span>
                {person} · <a href="/security">Signing in</a>{' '}
                <form method="post" action="/sign-out">
                  <button type="submit" className="plain small">
                    Sign out
                  </button>
                </form>
              </span>
            </header>
          )}
          <main className={wide ? 'wide' : undefined}>{content}</main>
        </Only>
      </body>
    </html>,
  )}`;
}

function AppHead({ script, styles, nonce }: App) {
  return (
    <>
      <meta name="color-scheme" content="light dark" />
      <meta name="csp-nonce" content={nonce} />
      {styles.map((href) => (
        <link key={href} rel="stylesheet" href={href} />
      ))}
      <script type="module" src={script} />
    </>
  );
}

/** What was refused, and what to do: announced, and beside what was typed. */
export function Problem({ message, remedy }: { message: string; remedy: string | null }) {
  return (
    <div className="note bad" role="alert">
      <strong>{message}</strong>
      {remedy && <p>{remedy}</p>}
    </div>
  );
}

/** What has just happened. */
export function Notice({ text }: { text: string }) {
  return (
    <div className="note good" role="status">
      {text}
    </div>
  );
}
