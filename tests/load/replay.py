"""A morning that a browser has sent, sent again by others: with their own ids in the place of the recorded ones."""


def with_own_ids(value, own):
    """The same value, where each id of the recording is replaced.

    :param dict own: ids by the recorded ones
    """
    if isinstance(value, dict):
        return {key: with_own_ids(each, own) for key, each in value.items()}
    if isinstance(value, list):
        return [with_own_ids(each, own) for each in value]
    return own.get(value, value) if isinstance(value, int) and not isinstance(value, bool) else value


def learn(recorded, answer, own, ids):
    """Note which id stands where the recording had another one that is not known yet: a record just created.

    :param ids: from which number on, and below which, a number is the id of a record
    """
    if isinstance(recorded, dict) and isinstance(answer, dict):
        for key in recorded.keys() & answer.keys():
            learn(recorded[key], answer[key], own, ids)
    elif isinstance(recorded, list) and isinstance(answer, list):
        for one, other in zip(recorded, answer, strict=False):
            learn(one, other, own, ids)
    elif type(recorded) is int and type(answer) is int and ids[0] <= recorded < ids[1]:
        own.setdefault(recorded, answer)
