import { datetimePickerService } from "@web/core/datetime/datetimepicker_service";
import { patch } from "@web/core/utils/patch";

/**
 * A date typed with the keyboard stays in its field while the server is asked what follows from it.
 *
 * A date field takes its record's value back when its picker closes. Closing applies what was typed
 * twice, and only the first time waits for the record: where an onchange takes longer than the
 * closing, the field went back to the former date, and showed it for good. So closing waits too.
 */
patch(datetimePickerService, {
    start() {
        const service = super.start(...arguments);
        return {
            ...service,
            create(params = {}) {
                let applied = Promise.resolve();
                const picker = service.create(
                    Object.assign(Object.create(params), {
                        onApply(value) {
                            applied = Promise.resolve(params.onApply?.(value));
                            return applied;
                        },
                        async onClose() {
                            await Promise.allSettled([applied]);
                            if (!picker.isOpen()) {
                                params.onClose?.();
                            }
                        },
                    })
                );
                return picker;
            },
        };
    },
});
