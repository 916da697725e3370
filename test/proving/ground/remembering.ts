/** The same answer to the same question, found once. */
export function remembered<Question, Answer>(find: (question: Question) => Answer): (question: Question) => Answer {
  const found = new Map<Question, Answer>();
  return (question) => {
    const answer = found.get(question) ?? find(question);
    found.set(question, answer);
    return answer;
  };
}

let named = 0;
/** The name under which a connection keeps a statement, parsed and planned. */
export const nameOf = remembered((_text: string) => `statement ${named++}`);
