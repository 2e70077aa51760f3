// Platform storage as in the 1EdTech "LTI postMessage Storage" document: values are kept by the sender's origin.
(() => {
  const { origins, frame } = document.body.dataset;
  const known = new Set(origins.split(' ').filter(Boolean));
  const kept = new Map();
  const longest = 4096;
  const most = 500;

  const put = (own, { key, value }) => {
    if (typeof key !== 'string' || !key) return { error: { code: 'bad_request', message: 'key is missing' } };
    if (value === null || value === undefined) {
      own.delete(key);
      return { key };
    }
    if (typeof value !== 'string') return { key, error: { code: 'bad_request', message: 'value is not text' } };
    if (value.length > longest || key.length > longest || (own.size >= most && !own.has(key))) {
      return { key, error: { code: 'storage_exhaustion', message: 'too much is kept already' } };
    }
    own.set(key, value);
    return { key, value };
  };

  const get = (own, { key }) => {
    if (typeof key !== 'string' || !key) return { error: { code: 'bad_request', message: 'key is missing' } };
    return { key, value: own.has(key) ? own.get(key) : null };
  };

  const tell = () => ({
    supported_messages: ['lti.put_data', 'lti.get_data'].map((subject) => ({ subject, frame })),
  });

  const acts = { 'lti.put_data': put, 'lti.get_data': get, 'lti.capabilities': tell };

  window.addEventListener('message', (event) => {
    const said = event.data;
    if (!said || typeof said.subject !== 'string' || !event.source) return;
    const answer = (rest) => event.source.postMessage(
      { subject: `${said.subject}.response`, message_id: said.message_id, ...rest }, event.origin,
    );
    if (!known.has(event.origin)) {
      answer({ error: { code: 'wrong_origin', message: 'this origin is not a registered tool' } });
    } else if (!Object.hasOwn(acts, said.subject)) {
      answer({ error: { code: 'unsupported_subject', message: 'this message is not known here' } });
    } else {
      if (!kept.has(event.origin)) kept.set(event.origin, new Map());
      answer(acts[said.subject](kept.get(event.origin), said));
    }
  });
})();
