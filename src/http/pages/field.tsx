import type { InputHTMLAttributes } from 'react';

/** What was refused of a form, and what to do; `field` names the input it is about, where it is about one. */
export interface RefusedForm {
  form: string;
  field: string | null;
  message: string;
  remedy: string | null;
}

interface FieldOf extends InputHTMLAttributes<HTMLInputElement> {
  id: string;
  name: string;
  label: string;
  hint?: string;
  /** What was refused of the form it stands in. */
  refused: RefusedForm | null;
}

/** An input with its label and, where it was refused, the reason beside it: announced, and where the page opens. */
export function Field({ label, hint, refused, ...input }: FieldOf) {
  const told = refused?.field === input.name ? refused : null;
  const first = told ? { autoFocus: true, 'aria-invalid': true } : {};
  const about = [told && `${input.id}-told`, hint && `${input.id}-hint`].filter(Boolean).join(' ');
  return (
    <div>
      <label htmlFor={input.id}>{label}</label>
      <input {...input} {...first} {...(about ? { 'aria-describedby': about } : {})} />
      {hint && <small id={`${input.id}-hint`}>{hint}</small>}
      {told && (
        <p id={`${input.id}-told`} className="told" role="alert">
          {told.message} {told.remedy}
        </p>
      )}
    </div>
  );
}

/** Whether a form shows the reason beside one of its fields, so that it need not stand on top of the page. */
export function isTold(refused: RefusedForm | null, form: string, fields: string[]): boolean {
  return refused?.form === form && refused.field !== null && fields.includes(refused.field);
}

/** Of a part that scrolls by itself: so that it can be scrolled without a mouse. */
export const reachable = { tabIndex: 0 };
